package scenario

// All returns the scenarios in the order in which lists show them: the plain exchange first, then trouble by topic.
func All() []*Scenario {
	return []*Scenario{
		Hello, OneWay, TypedMessage, Time, Ceil, JSONFramed, JSONUnframed, JSONSplit, MultiMessage,
		HalfClose, ServerCloses, ClientCloses, SimultaneousClose, KillRead,
		ClosedPort, WrongPort, LoopbackBind, OtherAddress, UDPOnly, NotListening, V6Only, V4Only, Misbound, PlaceholderAddress,
		Unread, ListenerClosed, LingerZero, WriteAfterClose, KillUnread,
		StoppedPeer, DeadlockEmpty, DeadlockBoth, BacklogFull, NagleStall, LargeSlowReader,
		AddrInUseLive, AddrInUseTimeWait, ReusePortSplit,
		Concurrent, ForkLeak,
		UDPContrast, PipeContrast, SelfConnect,
	}
}
