// Package enough keeps podtracer from beginning where there are too few processes or open files for it: Go ends a program
// that gets no thread or no file for its poller with a long trace, at any time. It looks while the packages are being
// initialised: it needs so little of the standard library that it is one of the first. Importing it is all that a program
// has to do for it.
package enough

import "strconv"

// lack says what there is too little of, and what helps; "" if there is enough.
func lack(what string, has, needs int, help string) string {
	if has >= needs {
		return ""
	}
	return "podtracer: too few " + what + ": " + strconv.Itoa(max(0, has)) + " may be used here, podtracer and a tool need " +
		strconv.Itoa(needs) + "\n  hint: " + help + "\n"
}
