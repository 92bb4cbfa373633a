package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker (see the Makefile); a plain "go install" leaves it to the build information.
var version string

// toolVersion returns the version that reports and bundles carry.
func toolVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// fullVersion is the version with what the program was built by and for.
func fullVersion() string {
	return fmt.Sprintf("%s (%s, %s/%s)", toolVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "print the version",
		Example: "  tcplab version",
		Args:    arguments(0, 0, "takes no argument"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, "tcplab", fullVersion())
			return err
		},
	}
}
