package cli

import "os"

// passed are the signals that a command started by run gets.
func passed() []os.Signal { return []os.Signal{os.Interrupt} }
