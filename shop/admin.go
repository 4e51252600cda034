package shop

import "time"

// AccountAction is what an administrator does to an account.
type AccountAction string

// The account actions. All but enabling end the sessions that the account has.
const (
	AccountDisable     AccountAction = "disable"
	AccountEnable      AccountAction = "enable"
	AccountEndSessions AccountAction = "sign-out"
	AccountPassword    AccountAction = "password"
)

// ChangeAccount asks for an account action. PasswordHash is set for AccountPassword alone.
type ChangeAccount struct {
	UserID       int64
	Action       AccountAction
	PasswordHash string
	By           User
	RequestID    string
}

// Check refuses what would lock the administrator out of the own account.
func (c ChangeAccount) Check() error {
	if c.UserID == c.By.ID && c.Action == AccountDisable {
		return Conflict("You cannot disable your own account. Ask another administrator.")
	}
	return nil
}

// UserCount is how many accounts a role has, and how many of them are disabled.
type UserCount struct {
	Role     Role
	Users    int64
	Disabled int64
}

// UsersQuery asks for a page of accounts, by id.
type UsersQuery struct {
	Role  Role   // empty: all
	Text  string // the beginning of the e-mail address; empty: all
	After int64  // keyset cursor: only higher ids
	Limit int
}

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	ID        int64
	At        time.Time
	Actor     Actor
	Action    string            // user.created, api_key.revoked, exception.resolved, ...
	Subject   string            // what it was done to: user:12
	Data      map[string]string // values as they are written, whatever their type
	RequestID string
}

// AuditQuery asks for a page of the audit log, newest first.
type AuditQuery struct {
	Action  string // its beginning: "user." is all about users; empty: all
	Subject string // whole; empty: all
	Actor   string // the name of who did it, whole; empty: anybody
	Before  int64  // keyset cursor: only lower ids; 0: from the newest
	Limit   int
}

// AdminOverview is the state of the installation in figures.
type AdminOverview struct {
	Users        []UserCount
	Keys         int64 // API keys in force
	Merchants    int64
	Orders       int64     // of the last 24 hours
	OpenPayments int64     // without an outcome yet
	Exceptions   int64     // open
	ReadyUntil   time.Time // the first month that has no partitions yet
	Database     string    // version of the server
	SizeBytes    int64
}
