// Package pipe tells how much a pipe holds that its reader has not read, and gives it room for more.
package pipe
