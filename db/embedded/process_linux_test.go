package embedded

import (
	"testing"
)

func TestTheServerDiesWithItsOwner(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	owner, _ := startOwner(t, dir)
	postmaster := postmasterPID(t, dir)
	killHard(t, owner)
	await(t, "the server's end", func() bool { return !alive(postmaster) })
}
