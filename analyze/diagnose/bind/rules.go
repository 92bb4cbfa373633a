package bind

import "tcplab/analyze/diagnose"

// Rules are the causes of local errors.
var Rules = []*diagnose.Rule{InUse, PortExhaustion, Errors, AcceptEMFILE, SocketCallErrors}
