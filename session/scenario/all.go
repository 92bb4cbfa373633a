package scenario

// All returns the scenarios in the order in which lists show them: the plain exchange first, then trouble by topic.
func All() []*Scenario {
	return []*Scenario{
		Hello, OneWay, TypedMessage, Time, Ceil, JSONFramed, JSONLength, JSONUnframed, JSONSplit, MultiMessage,
		HalfClose, ServerCloses, ClientCloses, SimultaneousClose, KillRead, TLSAlert, PortReuse,
		ClosedPort, WrongPort, LoopbackBind, OtherAddress, UDPOnly, NotListening, V6Only, V4Only, LocalhostBoth, StartupRace,
		Misbound, PlaceholderAddress,
		Unread, ListenerClosed, LingerZero, LingerClient, WriteAfterClose, KillUnread, SpeaksAndCloses, FinThenReset, LingerNegative,
		HealthCheck, ResetBeforeAccept, DisconnectUnspec,
		StoppedPeer, DeadlockEmpty, DeadlockBoth, DeadlockSend, BacklogFull, ConnectTimeout, NagleStall, Cork, LargeSlowReader,
		ServerThinks, ClientThinks, AcceptDelay,
		AddrInUseLive, AddrInUseTimeWait, ReusePortSplit, PortExhaustion,
		Concurrent, ForkLeak,
		UDPContrast, PipeContrast, SelfConnect,
	}
}
