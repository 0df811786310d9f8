// Package enough ends podtracer with a clear message if there are too few processes or open files: otherwise Go would end it at any
// time, with a long trace, when it gets no thread or no file for its poller. The check runs while packages are initialised; this
// package imports so little of the standard library that it is one of the first. A program only has to import it.
package enough
