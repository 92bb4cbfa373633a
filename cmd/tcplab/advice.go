package main

import (
	"errors"
	"os"
	"path/filepath"

	"tcplab/capture/live"
)

// advised adds the next step to an error of the capture.
func advised(err error) error {
	var open *live.OpenError
	if err == nil || !errors.As(err, &open) {
		return err
	}
	return failed(err, captureHint(open))
}

// unsealed is advised for who wants to reach a host of the real network: a network of its own is no way there.
func unsealed(err error) error {
	var open *live.OpenError
	if errors.As(err, &open) && errors.Is(open, live.ErrPermission) {
		return failed(err, rightHint())
	}
	return advised(err)
}

func rightHint() string {
	return "sudo setcap cap_net_raw+ep " + thisProgram() + " gives this program the right; root sees this host's tables and firewall, too"
}

func captureHint(e *live.OpenError) string {
	switch {
	case errors.Is(e, live.ErrPermission):
		return "sudo setcap cap_net_raw+ep " + thisProgram() + " gives this program the right; --sealed needs none"
	case errors.Is(e, live.ErrWrongIface):
		return "--iface " + e.Right + " sees them"
	case errors.Is(e, live.ErrDown):
		return "sudo ip link set " + e.Iface + " up"
	case errors.Is(e, live.ErrNoInterface):
		return "without --iface the interface is chosen by the route"
	case errors.Is(e, live.ErrNotBuilt):
		return "build with CGO_ENABLED=1 and the headers of libpcap: make build"
	}
	return ""
}

// thisProgram is the file of the running program, as setcap needs it: resolved, since capabilities belong to the file.
func thisProgram() string {
	path, err := os.Executable()
	if err != nil {
		return "tcplab"
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return path
}
