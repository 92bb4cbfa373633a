package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// steps joins single steps and lists of steps.
func steps(parts ...any) (all []session.Step) {
	for _, part := range parts {
		switch part := part.(type) {
		case session.Step:
			all = append(all, part)
		case []session.Step:
			all = append(all, part...)
		}
	}
	return all
}

// listen makes the variable listener a listener on the server's address that can be restarted at once.
func listen(p Params) []session.Step {
	return []session.Step{
		session.Socket("listener", p.Server()),
		session.SetOption("listener", "SO_REUSEADDR", 1),
		session.Bind("listener", p.Server()),
		session.Listen("listener", p.Backlog),
	}
}

// listenPlain is listen without the option.
func listenPlain(p Params) []session.Step {
	return []session.Step{
		session.Socket("listener", p.Server()),
		session.Bind("listener", p.Server()),
		session.Listen("listener", p.Backlog),
	}
}

// connect waits for the server and makes the variable sock a connection to it.
func connect(p Params) []session.Step {
	return []session.Step{
		session.Await("server:listening"),
		session.Socket("sock", p.Server()),
		session.Connect("sock", p.Server()),
	}
}

// clientEnd closes the client's direction first and then waits for the server's end of file; with serverEnd on the other
// side the order of the close is always the same.
func clientEnd(p Params) []session.Step {
	return []session.Step{
		session.Shutdown("sock", unix.SHUT_WR),
		session.RecvEOF("sock", p.Buffer),
		session.Info("sock", "close"),
		session.Close("sock"),
	}
}

// serverEnd waits for the client's end of file before it closes.
func serverEnd(p Params) []session.Step {
	return []session.Step{
		session.RecvEOF("conn", p.Buffer),
		session.Info("conn", "close"),
		session.Close("conn"),
		session.Close("listener"),
	}
}

// actor is one script of a scenario.
func actor(name string, parts ...any) session.Script {
	return session.Script{Actor: name, Steps: steps(parts...)}
}
