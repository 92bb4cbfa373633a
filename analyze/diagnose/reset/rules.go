package reset

import "tcplab/analyze/diagnose"

// Rules are the causes of resets, the more particular before the more general.
var Rules = []*diagnose.Rule{
	MPTCPReset, AbortOnMemory, SynproxyDeadBackend, AbortOnOverflow,
	KeepaliveRace, AcceptThenClose, CloseWhilePeerSends, WriteAfterPeerClose, TimeWaitAssassination, TimewaitOverflow, FinWait2Timeout, Linger2Negative, FinThenRST,
	KeepaliveTimeout, KeepalivePeerReset, NATIdleRebind, HalfOpenServerRebooted, IdleTimeoutReset,
	TLSAlertThenClose, WrongProtocolPlainToTLS, WrongProtocolTLSToPlain,
	SockDestroy, DisconnectUnspec, ResetBeforeAccept, ListenerClosedQueue,
	ConntrackInvalidRST, InjectedRST, InjectedData, InjectedSYN, InjectedAckUnsent, InjectedRSTInWindow, InjectedRSTOutOfWindow, InjectedFIN,
	CloseUnreadData, KillWithUnreadData, ProxyDeadBackend, Linger0Server, Linger0Client, ConnectionTampering,
}
