package e2e_test

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/e2e/program"
	"waybill/handlers/passwords"
	"waybill/shop"
)

// password opens every account of the tests.
const password = "correct horse battery staple"

// hashed is the password as accounts keep it. Making it takes long on purpose, so it is made once.
var hashed = sync.OnceValues(func() (string, error) {
	return passwords.NewHasher().Hash(context.Background(), password)
})

// house is a small world in a database of its own, and the program that serves it.
type house struct {
	*factory.World
	t           *testing.T
	environment []string // of the program: where its database is
	arguments   []string // of waybill serve
	server      *program.Server
}

// open opens an empty house. Its server is stopped, and has to end well, before the test does.
func open(t *testing.T) *house {
	t.Helper()
	world := factory.New(t)
	h := &house{World: world, t: t, environment: []string{"DATABASE_URL=" + world.Pool.Config().ConnString()}}
	h.start()
	t.Cleanup(h.stop)
	return h
}

// start starts the server, which is new or was killed.
func (h *house) start() {
	h.t.Helper()
	server, err := waybill(h.t).Serve(h.t.Context(), h.t.TempDir(), h.environment, h.arguments...)
	if err != nil {
		h.t.Fatal(err)
	}
	h.server = server
}

func (h *house) stop() {
	code, err := h.server.Stop()
	if err != nil || code != 0 {
		h.t.Errorf("the server ended with %d, %v", code, err)
	}
	if h.t.Failed() {
		keep(h.t, map[string][]byte{"server.log": []byte(h.server.Log())})
	}
}

// command is a run of the program on the house's database.
func (h *house) command(args ...string) *exec.Cmd {
	return waybill(h.t).Command(h.t.Context(), h.t.TempDir(), h.environment, args...)
}

// run is a command that has to end well; it returns what is printed.
func (h *house) run(args ...string) string {
	h.t.Helper()
	result, err := program.Finish(h.command(args...))
	if err != nil {
		h.t.Fatal(err)
	}
	if result.Code != 0 {
		h.t.Fatalf("waybill %s ended with %d\n%s%s", strings.Join(args, " "), result.Code, result.Stdout, result.Stderr)
	}
	return result.Stdout
}

// merchant opens a shop with a warehouse and returns its id.
func (h *house) merchant(slug, name string) int64 {
	h.t.Helper()
	id, _ := h.Merchant(slug)
	h.Exec(`UPDATE merchants SET name = $2 WHERE id = $1`, id, name)
	return id
}

// product puts a product with one SKU on sale and returns the SKU. Its page is /products/ and the code in lower case.
func (h *house) product(merchantID int64, code, name string, priceMinor, onHand int64) (skuID int64) {
	h.t.Helper()
	skuID = h.SKU(merchantID, code, priceMinor, onHand)
	h.Exec(`UPDATE products SET name = $2, slug = $3 WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, skuID, name, strings.ToLower(code))
	return skuID
}

// customer is somebody with an account and an address, who has not bought anything.
func (h *house) customer(email, name string) shop.User {
	h.t.Helper()
	id, _ := h.Customer(email)
	h.Exec(`UPDATE customers SET name = $2 WHERE id = $1`, id, name)
	return h.account(email, name, shop.RoleCustomer, 0, id)
}

// staff is somebody who works here; merchantID is 0 unless they ship parcels.
func (h *house) staff(email, name string, role shop.Role, merchantID int64) shop.User {
	h.t.Helper()
	return h.account(email, name, role, merchantID, 0)
}

func (h *house) account(email, name string, role shop.Role, merchantID, customerID int64) shop.User {
	h.t.Helper()
	hash, err := hashed()
	if err != nil {
		h.t.Fatal(err)
	}
	user := h.User(email, role, merchantID, customerID)
	h.Exec(`UPDATE users SET password_hash = $2, name = $3 WHERE id = $1`, user.ID, hash, name)
	user.Name = name
	return user
}
