package scenario

import "time"

// think is how long a program takes for what it does.
const think = 500 * time.Millisecond
