package scenario

import (
	"encoding/json"

	"tcplab/session"
)

// helloCall is the client's part without the wait for a server.
func helloCall(p Params) []session.Step {
	return steps(
		session.Socket("sock", p.Server()),
		session.Connect("sock", p.Server()),
		session.Send("sock", jsonLine("client", p.Message)),
		session.RecvLine("sock", p.Buffer),
		clientEnd(p))
}

// jsonLine is one message: a JSON object and a newline, which tells the reader where it ends.
func jsonLine(from, text string) string {
	b, err := json.Marshal(struct {
		From string `json:"from"`
		Text string `json:"text"`
	}{from, text})
	if err != nil {
		panic("scenario: two strings always encode: " + err.Error())
	}
	return string(b) + "\n"
}
