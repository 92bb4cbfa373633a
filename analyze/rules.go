package analyze

import (
	"slices"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/diagnose/bind"
	"tcplab/analyze/diagnose/noanswer"
	"tcplab/analyze/diagnose/refused"
	"tcplab/analyze/diagnose/reset"
)

// Rules returns every cause that can be named, family by family; of equal verdicts the earlier rule comes first.
func Rules() []*diagnose.Rule {
	return slices.Concat(refused.Rules, noanswer.Rules, reset.Rules, bind.Rules)
}
