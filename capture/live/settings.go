package live

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tcplab/capture/hostfacts"
)

// sysctls are the settings that change what TCP answers, and when, under /proc/sys/net; a star stands for each interface.
var sysctls = []string{
	"core/rmem_max", "core/somaxconn", "core/wmem_max",
	"ipv4/conf/*/accept_local", "ipv4/conf/*/arp_ignore", "ipv4/conf/*/rp_filter",
	"ipv4/icmp_echo_ignore_all", "ipv4/icmp_msgs_burst", "ipv4/icmp_msgs_per_sec", "ipv4/icmp_ratelimit", "ipv4/icmp_ratemask",
	"ipv4/ip_default_ttl", "ipv4/ip_forward", "ipv4/ip_local_port_range", "ipv4/ip_local_reserved_ports",
	"ipv4/ip_no_pmtu_disc", "ipv4/ip_nonlocal_bind", "ipv4/ip_unprivileged_port_start",
	"ipv4/tcp_abort_on_overflow", "ipv4/tcp_autocorking", "ipv4/tcp_base_mss", "ipv4/tcp_challenge_ack_limit",
	"ipv4/tcp_congestion_control", "ipv4/tcp_dsack", "ipv4/tcp_early_retrans", "ipv4/tcp_ecn", "ipv4/tcp_ecn_fallback",
	"ipv4/tcp_fastopen", "ipv4/tcp_fastopen_blackhole_timeout_sec", "ipv4/tcp_fin_timeout", "ipv4/tcp_frto",
	"ipv4/tcp_invalid_ratelimit", "ipv4/tcp_keepalive_intvl", "ipv4/tcp_keepalive_probes", "ipv4/tcp_keepalive_time",
	"ipv4/tcp_l3mdev_accept", "ipv4/tcp_max_orphans", "ipv4/tcp_max_syn_backlog", "ipv4/tcp_max_tw_buckets",
	"ipv4/tcp_min_snd_mss", "ipv4/tcp_mtu_probing", "ipv4/tcp_no_metrics_save", "ipv4/tcp_orphan_retries",
	"ipv4/tcp_recovery", "ipv4/tcp_reordering", "ipv4/tcp_retries1", "ipv4/tcp_retries2", "ipv4/tcp_rfc1337",
	"ipv4/tcp_rmem", "ipv4/tcp_rto_max_ms", "ipv4/tcp_rto_min_us", "ipv4/tcp_sack", "ipv4/tcp_slow_start_after_idle",
	"ipv4/tcp_stdurg", "ipv4/tcp_syn_linear_timeouts", "ipv4/tcp_syn_retries", "ipv4/tcp_synack_retries",
	"ipv4/tcp_syncookies", "ipv4/tcp_timestamps", "ipv4/tcp_tw_reuse", "ipv4/tcp_tw_reuse_delay",
	"ipv4/tcp_window_scaling", "ipv4/tcp_wmem",
	"ipv6/bindv6only", "ipv6/conf/*/disable_ipv6", "ipv6/conf/all/forwarding", "ipv6/icmp/ratelimit", "ipv6/ip_nonlocal_bind",
	"netfilter/nf_conntrack_count", "netfilter/nf_conntrack_max", "netfilter/nf_conntrack_tcp_be_liberal",
	"netfilter/nf_conntrack_tcp_loose", "netfilter/nf_conntrack_tcp_timeout_established",
}

// addSysctls reads the settings that this kernel has, under the names that sysctl(8) prints. /proc/sys/net shows the
// namespace of the thread that opens the file.
func addSysctls(f *hostfacts.Facts) {
	const root = "/proc/sys/"
	f.Sysctls = map[string]string{}
	for _, pattern := range sysctls {
		paths := []string{root + "net/" + pattern}
		if strings.Contains(pattern, "*") {
			paths, _ = filepath.Glob(paths[0])
		}
		for _, path := range paths {
			if b, err := os.ReadFile(path); err == nil {
				name := strings.ReplaceAll(strings.TrimPrefix(path, root), "/", ".")
				f.Sysctls[name] = strings.Join(strings.Fields(string(b)), " ")
			}
		}
	}
}

// addCounters reads the SNMP counters, "TcpExt.ListenOverflows" and the like; one that is absent was 0.
func addCounters(f *hostfacts.Facts) {
	const dir = "/proc/thread-self/net/" // /proc/net would show the namespace of the first thread
	f.Counters = map[string]uint64{}
	for _, file := range []string{"snmp", "netstat"} {
		b, err := os.ReadFile(dir + file)
		if err != nil {
			missing(f, "counters of "+file, err, "")
			continue
		}
		parseCounterPairs(f.Counters, string(b))
	}
	if b, err := os.ReadFile(dir + "snmp6"); err == nil { // absent when the kernel has no IPv6
		parseCounterLines(f.Counters, string(b))
	}
	if b, err := os.ReadFile(dir + "stat/nf_conntrack"); err == nil { // absent without connection tracking
		parseConntrack(f.Counters, string(b))
	}
}

// parseConntrack reads a line of names and one of hexadecimal numbers for each processor, and adds these up: Conntrack.drop
// and the like. The first column is the same in each line, the number of entries.
func parseConntrack(into map[string]uint64, text string) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	names := strings.Fields(lines[0])
	for _, line := range lines[1:] {
		for i, value := range strings.Fields(line) {
			if n, err := strconv.ParseUint(value, 16, 64); err == nil && n != 0 && i > 0 && i < len(names) {
				into["Conntrack."+names[i]] += n
			}
		}
	}
}

// parseCounterPairs reads two lines for each group, names and values:
//
//	Tcp: RtoAlgorithm RtoMin …
//	Tcp: 1 200 …
func parseCounterPairs(into map[string]uint64, text string) {
	lines := strings.Split(text, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		names, values := strings.Fields(lines[i]), strings.Fields(lines[i+1])
		for j := 1; j < min(len(names), len(values)); j++ {
			addCounter(into, strings.TrimSuffix(names[0], ":")+"."+names[j], values[j])
		}
	}
}

// parseCounterLines reads "Icmp6InErrors 3" as Icmp6.InErrors.
func parseCounterLines(into map[string]uint64, text string) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		group, rest, ok := strings.Cut(name, "6")
		if ok {
			addCounter(into, group+"6."+rest, strings.TrimSpace(value))
		}
	}
}

// addCounter keeps what counts up: MaxConn is -1 for "no limit", and 0 says nothing.
func addCounter(into map[string]uint64, name, value string) {
	if n, err := strconv.ParseUint(value, 10, 64); err == nil && n != 0 {
		into[name] = n
	}
}
