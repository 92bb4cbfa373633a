package refused

import "tcplab/analyze/diagnose"

// Rules are the causes of refused attempts, the more particular before the more general: of equal verdicts the earlier
// one comes first.
var Rules = append([]*diagnose.Rule{
	SynRstAckSpoofed, DuplicateIP, SelfConnect, LocalhostBoth,
	BoundLoopbackOnly, BoundOtherAddress, V4OnlyListener, V6OnlyListener, BoundToDevice, OtherNetNSListener,
	ServiceNoEndpoints, StartupRace, Connlimit, RejectResetHost, RejectResetRouter, DnatDeadBackend,
	WrongPort, ClosedPort, OutputRejectLocal, LocalRouteErrors, LocalPolicy,
}, icmpRules...)
