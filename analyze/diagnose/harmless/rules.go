package harmless

import "tcplab/analyze/diagnose"

// Rules are what is harmless, and what needs no more than patience.
var Rules = []*diagnose.Rule{OddFlagProbes, SynSentBadAck, SynSentBareRST, HalfOpenClientRebooted, TimeWaitOldSyn, HappyEyeballsLoser, RawSynScan, ClientGaveUp, HealthCheckReset, SimultaneousOpen, TimeWaitNewSyn,
	HalfClose, SimultaneousClose, DelayedACKOnly, KeepaliveOK, ShutdownRD, SillyWindowAvoided, WindowScalingOK}
