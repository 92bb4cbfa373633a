package slow

import "tcplab/analyze/diagnose"

// Rules are the causes of lost time, errors of the path before habits of programs.
var Rules = []*diagnose.Rule{
	PMTUBlackhole, DeadlockSend, NagleDelayedACK, Cork200ms, ZeroWindow, NoWindowScaling, RcvbufLimited, AcceptDelay,
	LossRTO, LossTailTLP, LossFastRetransmit, SpuriousRetransmit, Reordering,
	ServerThinkTime, SmallMSS, PMTUOK, ClientThinkTime,
}
