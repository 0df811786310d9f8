// Package option reads values of the command line: when a run ends and what it keeps, sizes, names of pods, how the
// console looks. A value that cannot be understood is refused with a hint.
package option
