package ending

import "tcplab/analyze/diagnose"

// Rules are the causes of odd endings.
var Rules = []*diagnose.Rule{
	BadChecksum, PAWSOldTimestamp, KillWithoutUnreadData, LingerTimeout, DeadlockRecv, ServerStopped, CloseWaitLeak, ICMPOnEstablished, IdleTimeoutDrop, Retries2Timeout, FinLost,
}
