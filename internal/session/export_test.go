package session

// AgentOf returns what a session keeps of the header User-Agent.
func AgentOf(s Start) string { return s.client.UserAgent }
