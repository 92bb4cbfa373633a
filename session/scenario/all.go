package scenario

// All returns the scenarios in the order in which lists show them: the plain exchange first, then trouble by topic.
func All() []*Scenario {
	return []*Scenario{
		Hello,
		ClosedPort,
	}
}
