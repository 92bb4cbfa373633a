package scenario

// All returns the scenarios in the order in which lists show them: the plain exchange first, then trouble by topic.
func All() []*Scenario {
	return []*Scenario{
		Hello, OneWay, TypedMessage, Time, Ceil, JSONFramed, JSONLength, JSONUnframed, JSONSplit, MultiMessage, ECNNegotiation, SplitHandshake,
		HalfClose, ServerCloses, ClientCloses, SimultaneousClose, SimultaneousOpen, KillRead, TLSAlert, PortReuse, OldSYN, OldSYN1337, TimeWaitAssassination, LingerTimeout, ShutdownRead,
		ClosedPort, WrongPort, LoopbackBind, OtherAddress, UDPOnly, NotListening, V6Only, V4Only, LocalhostBoth, DualStack, StartupRace,
		Misbound, PlaceholderAddress,
		RejectReset, RejectPort, RejectAdmin, RejectHost, RejectNet, UnreachableHost, UnreachableNet, UnreachableProtocol, ICMPErrnoMap, LocalRouteErrors, NoSuchNeighbor, NoSuchNeighbor6, LinkDown, RemoteDown, RemoteDown6, NoRoute, NoRoute6, Prohibited, TTLExpired,
		RejectRouter, RejectRouter6, RefusedRetried, DNATDeadBackend, BoundToDevice, OtherNetNS, ConnLimit, OutputReject, LocalPolicy, SpoofedRefusal, RawSYNScan, ServiceNoEndpoints, ServiceNoEndpointsLocal, OddFlagProbes, BadAckInSYNSent, BareRSTInSYNSent, BadAckRST, Reject6Port, Reject6Admin, Reject6NoRoute, Reject6Addr, Reject6Policy, Reject6Route,
		Unread, ListenerClosed, LingerZero, LingerClient, WriteAfterClose, KillUnread, SpeaksAndCloses, FinThenReset, LingerNegative,
		HealthCheck, ResetBeforeAccept, DisconnectUnspec, InjectedReset, RSTOneSide, InjectedBoth, InjectedMultiple, InjectedZero, ConnectReset, Tampering, IdleReset,
		InjectedInWindow, InjectedOutside, InjectedLate, InjectedSYN, InjectedACK, NATIdleRebind, InjectedFIN, InjectedData, AcceptThenClose, KeepaliveRace, FinalACKBad, SYNACKExhausted,
		ClientRebooted, ReplyToEnded, DuplicateIP, ConntrackInvalid, PlainToTLS, TLSToPlain, ProxyDeadBackend, SYNProxyDeadBackend, SockDestroy, AbortOnOverflow, TimeWaitOverflow, FinWait2Timeout, CloseWhileSending, Rebooted, KeepaliveReset,
		StoppedPeer, ReusePortStuck, DeadlockEmpty, DeadlockBoth, DeadlockSend, BacklogFull, ConnectTimeout, NagleStall, Cork, LargeSlowReader, ZeroWindow, ZeroWindowTimeout,
		ReadLine, ServerThinks, ClientThinks, AcceptDelay, NoWindowScaling, ScaleStripped, ReceiveBuffer, SmallMSS, Bufferbloat, ShaperShortQueue, Policer, SndbufLimited, SlowStart, SlowStartAfterIdle, ApplicationLimited,
		Dropped, DroppedOnTheWay, SYNLost, SYNACKLost, FinalACKDropped, LossFastRetransmit, LossTail, LossTimeout, LossWithoutSACK, Reordering, Duplication,
		PMTUBlackhole, PMTUBlackhole6, PMTUProbing, PMTUOK, Spurious, FINLost, CableCut, Retries2, OrphanTimeout, IdleDrop, HappyEyeballs, KeepaliveTimeout, KeepaliveOK, ICMPOnEstablished,
		ConnLimitDrop, SYNACKDropped, SYNACKOutputDropped, OutputDrop, Hairpin, MinTTL, ReversePath, WrongMAC, MD5Missing, MD5Mismatch, MD5Unexpected, BadChecksum, BadChecksumSYN, OldTimestamp,
		OptionBlackhole, ECNBlackhole, ECNNoFallback, ECNMarked, FastOpenBlackhole, FastOpenOptionBlackhole, QueueFullLate, SYNQueueFull, SYNCookies, SYNCookiesNoTS, CookieLost, DeferAccept, AcceptEMFILE, GaveUp,
		AddrInUseLive, AddrInUseTimeWait, ReusePortSplit, PortExhaustion, PortExhaustionTimeWait, BindErrors, CallErrors, SocketZero,
		Concurrent, ForkLeak, ForkZombies,
		UDPContrast, PipeContrast, SelfConnect,
	}
}
