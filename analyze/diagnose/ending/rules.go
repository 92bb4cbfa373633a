package ending

import "tcplab/analyze/diagnose"

// Rules are the causes of odd endings.
var Rules = []*diagnose.Rule{
	KillWithoutUnreadData, DeadlockRecv, ServerStopped, CloseWaitLeak, ICMPOnEstablished, IdleTimeoutDrop, Retries2Timeout, FinLost,
}
