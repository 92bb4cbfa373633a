package session

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// step executes one step. Ops that talk to the kernel come first, then those of the lab.
func (m *machine) step(s Step) error {
	switch s.Op {
	case "socket":
		return m.socket(s)
	case "setsockopt":
		return m.caller.SetOption(m.fd(s.Sock), s.Option, s.Value)
	case "linger":
		return m.caller.SetLinger(m.fd(s.Sock), true, s.Value)
	case "timeout":
		return m.caller.SetTimeout(m.fd(s.Sock), s.Option, s.Wait)
	case "md5":
		return m.caller.SetMD5(m.fd(s.Sock), s.Addr.Addr(), string(s.Data))
	case "bindtodevice":
		return m.caller.BindToDevice(m.fd(s.Sock), s.Option)
	case "deal-by-port":
		return m.caller.DealByPort(m.fd(s.Sock))
	case "forbid-connect":
		return m.caller.ForbidConnect()
	case "limit-files":
		return m.caller.LimitFiles(s.Value)
	case "nonblock":
		return m.caller.SetNonblock(m.fd(s.Sock))
	case "bind":
		return m.caller.Bind(m.fd(s.Sock), s.Addr)
	case "listen":
		return m.listen(s)
	case "accept":
		return m.accept(s)
	case "connect":
		return m.caller.Connect(m.fd(s.Sock), s.Addr)
	case "disconnect":
		return m.caller.Disconnect(m.fd(s.Sock))
	case "shutdown":
		return m.caller.Shutdown(m.fd(s.Sock), s.Value)
	case "close":
		m.lookAtListener(m.fd(s.Sock), "close")
		return m.caller.Close(m.fd(s.Sock))
	case "kill":
		return m.kill(s)
	}
	return m.transfer(s)
}

// transfer executes the steps that move or ask for data.
func (m *machine) transfer(s Step) (err error) {
	switch s.Op {
	case "send":
		_, err = m.caller.Send(m.fd(s.Sock), s.Data, s.Value)
	case "send-size":
		err = m.sendSize(s)
	case "recv":
		err = m.recvOnce(s)
	case "recv-line":
		err = m.recvLine(s)
	case "recv-frame":
		err = m.recvFrame(s)
	case "recv-eof":
		err = m.recvEOF(s)
	case "answer":
		err = m.answer(s)
	case "sendto":
		err = m.sendTo(s)
	case "recvfrom":
		err = m.recvFrom(s)
	case "pipe":
		err = m.pipe(s)
	case "write":
		_, err = m.caller.Write(m.fd(s.Sock), s.Data)
	case "read":
		err = m.read(s)
	case "poll":
		err = m.poll(s)
	case "getsockname":
		_, err = m.caller.Getsockname(m.fd(s.Sock))
	case "getpeername":
		_, err = m.caller.Getpeername(m.fd(s.Sock))
	case "getsockopt":
		_, err = m.caller.GetOption(m.fd(s.Sock), s.Option)
	default:
		err = m.control(s)
	}
	return err
}

// control executes the steps that are no system calls of the program.
func (m *machine) control(s Step) error {
	switch s.Op {
	case "info":
		return m.info(s)
	case "signal":
		m.actor.report(report{Event: m.actor.name + ":" + s.Event})
		return nil
	case "await":
		return m.actor.await(s.Event)
	case "await-ready":
		return m.awaitReady(s.Event)
	case "exec":
		return m.exec(s.Program)
	case "facts":
		return m.facts(s)
	case "parse":
		return m.parse()
	case "exit":
		return exit{s.Value, errors.New(s.Event)}
	case "destroy":
		return destroy(s.Addr)
	case "sysctl":
		return os.WriteFile("/proc/sys/"+strings.ReplaceAll(s.Option, ".", "/"), s.Data, 0)
	case "sleep":
		time.Sleep(s.Wait)
		return nil
	case "meet":
		return m.meet(s)
	case "fork":
		return m.fork(s)
	case "wait":
		return m.wait()
	case "unreaped":
		return m.unreaped()
	case "thread":
		return m.thread(s)
	case "join":
		return m.join()
	case "serve-lines":
		return m.serveLines(s)
	case "repeat":
		for range s.Value {
			if err := m.run(s.Steps); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no such step %q", s.Op)
}
