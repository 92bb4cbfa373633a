package diagnose

import "time"

// timer is an idle timer as its maker ships it; the values are those of the makers' documents.
type timer struct {
	after time.Duration
	name  string
}

// boxTimers are those of boxes on the path: what is idle for longer is forgotten. RFC 5382, REQ-5 asks for 7440 s.
var boxTimers = []timer{
	{240 * time.Second, "Azure's load balancer (240 s)"},
	{350 * time.Second, "AWS's NLB and NAT gateway (350 s)"},
	{600 * time.Second, "Google Cloud's load balancers (600 s)"},
	{900 * time.Second, "Linux IPVS, as Kubernetes uses it (900 s)"},
	{1200 * time.Second, "Google Cloud's NAT (1200 s)"},
	{1800 * time.Second, "Juniper's SRX firewalls (1800 s)"},
	{3600 * time.Second, "the firewalls of Cisco, Fortinet, Palo Alto and Check Point (3600 s)"},
	{7440 * time.Second, "a NAT by RFC 5382 (2 h 4 min)"},
	{432000 * time.Second, "Linux conntrack (5 days)"},
}

// serverTimers are those of servers that close idle connections.
var serverTimers = []timer{
	{2 * time.Second, "Gunicorn (2 s)"},
	{5 * time.Second, "Apache httpd, Node.js, Uvicorn and lighttpd (5 s)"},
	{20 * time.Second, "Tomcat (20 s)"},
	{30 * time.Second, "Jetty (30 s)"},
	{60 * time.Second, "AWS's ALB (60 s)"},
	{75 * time.Second, "nginx (75 s)"},
	{120 * time.Second, "IIS (120 s)"},
	{130 * time.Second, "Kestrel, ASP.NET's server (130 s)"},
	{300 * time.Second, "Caddy (300 s)"},
	{3600 * time.Second, "Envoy (3600 s)"},
}

// BoxTimer names the boxes whose idle timer has just run out after idle, "" when none is known. A box is found out by the
// next segment, which may come a good while later.
func BoxTimer(idle time.Duration) string {
	name := ""
	for _, t := range boxTimers {
		if idle >= t.after && idle < t.after+t.after/4 {
			name = t.name // of two that fit the longer one ran out last
		}
	}
	return name
}

// ServerTimer names the servers that close after just this long, "" when none is known: it is they who act, so the time is
// theirs, but for a moment.
func ServerTimer(idle time.Duration) string {
	for _, t := range serverTimers {
		if idle > t.after-t.after/50-100*time.Millisecond && idle < t.after+t.after/50+1100*time.Millisecond {
			return t.name
		}
	}
	return ""
}
