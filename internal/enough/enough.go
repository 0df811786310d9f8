// Package enough keeps podtracer from beginning where there are too few processes or open files for it: Go ends a program
// that gets no thread or no file for its poller with a long trace, at any time. It looks while the packages are being
// initialised: it needs so little of the standard library that it is one of the first. Importing it is all that a program
// has to do for it.
package enough
