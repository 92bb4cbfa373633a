package analyze

import (
	"slices"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/diagnose/artefact"
	"tcplab/analyze/diagnose/bind"
	"tcplab/analyze/diagnose/ending"
	"tcplab/analyze/diagnose/harmless"
	"tcplab/analyze/diagnose/noanswer"
	"tcplab/analyze/diagnose/refused"
	"tcplab/analyze/diagnose/reset"
	"tcplab/analyze/diagnose/slow"
)

// Rules returns every cause that can be named, family by family; of equal verdicts the earlier rule comes first.
func Rules() []*diagnose.Rule {
	return slices.Concat(artefact.Rules, refused.Rules, noanswer.Rules, harmless.Rules, reset.Rules, slow.Rules, ending.Rules, bind.Rules)
}
