//go:build !linux

package embedded

import "context"

// keepWriting does nothing: only Linux is known to write half a minute's growth at once, and has a way to ask for it earlier.
func (c *cluster) keepWriting(context.Context) {}
