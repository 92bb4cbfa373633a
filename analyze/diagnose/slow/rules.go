package slow

import "tcplab/analyze/diagnose"

// Rules are the causes of lost time, errors of the path before habits of programs.
var Rules = []*diagnose.Rule{
	PMTUBlackhole, DeadlockSend, NagleDelayedACK, Cork200ms, ZeroWindow, WscaleStripped, NoWindowScaling, RcvbufLimited, AcceptDelay,
	Bufferbloat, ShaperShortQueue, Policer, Duplication, ECNMarked,
	LossRTO, LossTailTLP, LossFastRetransmit, LossSackOff, SpuriousRetransmit, Reordering,
	SlowStartAfterIdle, SndbufLimited, ApplicationLimited, SlowStart, ServerThinkTime, SmallMSS, PMTUOK, ClientThinkTime,
}
