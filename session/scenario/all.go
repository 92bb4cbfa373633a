package scenario

// All returns the scenarios in the order in which lists show them: the plain exchange first, then trouble by topic.
func All() []*Scenario {
	return []*Scenario{
		Hello, OneWay, TypedMessage, Time, Ceil, JSONFramed, JSONLength, JSONUnframed, JSONSplit, MultiMessage,
		HalfClose, ServerCloses, ClientCloses, SimultaneousClose, SimultaneousOpen, KillRead, TLSAlert, PortReuse,
		ClosedPort, WrongPort, LoopbackBind, OtherAddress, UDPOnly, NotListening, V6Only, V4Only, LocalhostBoth, StartupRace,
		Misbound, PlaceholderAddress,
		RejectReset, RejectPort, RejectAdmin, RejectHost, RejectNet, NoSuchNeighbor, RemoteDown, NoRoute, Prohibited, TTLExpired,
		Unread, ListenerClosed, LingerZero, LingerClient, WriteAfterClose, KillUnread, SpeaksAndCloses, FinThenReset, LingerNegative,
		HealthCheck, ResetBeforeAccept, DisconnectUnspec, InjectedReset, IdleReset,
		StoppedPeer, DeadlockEmpty, DeadlockBoth, DeadlockSend, BacklogFull, ConnectTimeout, NagleStall, Cork, LargeSlowReader,
		ServerThinks, ClientThinks, AcceptDelay,
		Dropped, SYNLost, SYNACKLost, FinalACKDropped, LossFastRetransmit, LossTail, LossTimeout, Reordering, Duplication,
		PMTUBlackhole, CableCut, KeepaliveTimeout,
		AddrInUseLive, AddrInUseTimeWait, ReusePortSplit, PortExhaustion,
		Concurrent, ForkLeak,
		UDPContrast, PipeContrast, SelfConnect,
	}
}
