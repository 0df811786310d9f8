// Package enough keeps podtracer from beginning where there are too few processes or open files for it: Go ends a program
// that gets no thread with a long trace, at any time. It looks while the packages are being initialised, when few threads
// are running yet, and needs the standard library only for that; guards and readers, which need less, have taken over
// before. Importing it is all that a program has to do for it.
package enough

import "fmt"

// lack says what there is too little of, and what helps; "" if there is enough.
func lack(what string, has, needs int, help string) string {
	if has >= needs {
		return ""
	}
	return fmt.Sprintf("podtracer: too few %s: %d are left here, podtracer and a tool need %d\n  hint: %s\n", what, max(0, has), needs, help)
}
