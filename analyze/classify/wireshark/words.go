package wireshark

import "fmt"

// words are what Wireshark's Info column says of each mark; where one says it more exactly, the general mark is silent.
var words = [numMarks]string{
	"TCP Retransmission", "TCP Fast Retransmission", "TCP Spurious Retransmission", "TCP Out-Of-Order",
	"TCP Previous segment not captured", "TCP ACKed unseen segment", "TCP Dup ACK", "TCP Window Update", "TCP Window Full",
	"TCP ZeroWindow", "TCP ZeroWindowProbe", "TCP ZeroWindowProbeAck", "TCP Keep-Alive", "TCP Keep-Alive ACK",
	"TCP Port numbers reused", "TFO=C", "TFO=R", "TFO ignored",
}

// Words is what Wireshark's Info column says of the segment's marks, one text for each.
func (r *Result) Words() []string {
	marks := r.Marks
	if marks.Any(FastRetransmission | SpuriousRetransmission) {
		marks &^= Retransmission
	}
	var list []string
	for i := range words {
		switch one := Marks(1) << i; {
		case marks&one == 0:
		case one == DuplicateAck:
			list = append(list, fmt.Sprintf("%s %d#%d", words[i], r.DupAckFrame, r.DupAckNum))
		default:
			list = append(list, words[i])
		}
	}
	return list
}
