package scenario

import "time"

// think is how long a program takes for what it does.
const think = 500 * time.Millisecond

// thought is what the other end waits for it at least: on a busy machine it begins to wait a little later.
const thought = think - 100*time.Millisecond
