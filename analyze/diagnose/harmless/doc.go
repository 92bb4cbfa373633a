// Package harmless holds what looks like trouble and is none: probes, races that were won elsewhere, rare but legal openings.
package harmless
