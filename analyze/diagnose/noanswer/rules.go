package noanswer

import "tcplab/analyze/diagnose"

// Rules are the causes of attempts without an answer, the more particular before the more general.
var Rules = []*diagnose.Rule{
	HostDownRemote, TTLExpired, RouterNoRoute, NATHairpinMismatch, WrongMAC,
	MD5Missing, MD5Mismatch, MD5Unexpected, AOMissing, AOMismatch, AOUnexpected, MinTTL, RPFilter, SynQueueFull,
	FinalAckBad, SynackRetriesExhausted, AcceptQueueFullLate, FinalAckDropped, DeferAccept,
	SyncookieAckLost, ConnlimitDrop, SynDropped, AcceptQueueFull, SynackDropped, OptionBlackhole, AppConnectTimeout,
	HostDownOnlink, OutputDropLocal,
	EcnBlackhole, TfoBlackhole, SynackLostOnce, SynLostOnce, SynCookies,
}
