package shop

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is an account that signs in. MerchantID is set for merchants, CustomerID for customers, neither for other roles.
type User struct {
	ID           int64
	Email        string
	Name         string
	Role         Role
	MerchantID   int64
	MerchantName string
	CustomerID   int64
	// SessionEpoch is raised to end all sessions of the user: a session made under an older one is over.
	SessionEpoch int64
	Disabled     bool
	LastLoginAt  time.Time // zero: never
	CreatedAt    time.Time
}

// Actor is the user as an author of events: customers act as customers, everybody else as staff.
func (u User) Actor() Actor {
	if u.Role == RoleCustomer {
		return Actor{Kind: ActorCustomer, ID: u.CustomerID, Name: u.Name}
	}
	return Actor{Kind: ActorStaff, ID: u.ID, Name: u.Name}
}

// Scope is which orders the user may see: customers and merchants their own, finance, support and admins all.
func (u User) Scope() OrderScope {
	return OrderScope{CustomerID: u.CustomerID, MerchantID: u.MerchantID}
}

// Limits of an account.
const (
	MaxEmail          = 320 // characters
	MaxUserName       = 255
	MinPasswordLength = 8   // characters; a short one is guessed whatever the hash costs
	MaxPasswordLength = 200 // what is hashed costs time
)

// NewUser asks for an account. MerchantID says whose staff it is and is set for the merchant role
// alone.
type NewUser struct {
	Email        string
	Name         string // "": the part of the address before the @
	Role         Role
	MerchantID   int64
	PasswordHash string // argon2id, encoded; never the password
	// Unproven says that nobody vouches for the address: the account begins a customer of its own, and an address that a
	// customer has already is refused, or whoever types it would see that customer's orders.
	Unproven  bool
	By        Actor // for the audit log
	RequestID string
}

// Clean returns the command without spaces around its texts, and with a name.
func (n NewUser) Clean() NewUser {
	n.Email, n.Name = strings.TrimSpace(n.Email), strings.TrimSpace(n.Name)
	if n.Name == "" {
		n.Name, _, _ = strings.Cut(n.Email, "@")
	}
	return n
}

// Check refuses, with CodeInvalid and every field named at once, what needs no look at the other accounts.
func (n NewUser) Check() error {
	var fields []FieldError
	if !IsEmail(n.Email) {
		fields = append(fields, FieldError{"email", "Enter an e-mail address, such as name@example.com"})
	}
	if n.Name == "" || utf8.RuneCountInString(n.Name) > MaxUserName {
		fields = append(fields, FieldError{"name", "Enter a name of at most 255 characters"})
	}
	if _, err := ParseRole(string(n.Role)); err != nil {
		fields = append(fields, FieldError{"role", "The role must be one of customer, merchant, finance, support and admin"})
	}
	if (n.Role == RoleMerchant) != (n.MerchantID != 0) {
		fields = append(fields, FieldError{"merchant", "A merchant user needs a merchant, and only a merchant user has one"})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// IsEmail tells whether text has the form of an e-mail address. Whether it exists only a message to it can tell.
func IsEmail(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && domain != "" && !strings.Contains(domain, "@") && !strings.ContainsFunc(text, unicode.IsSpace) &&
		utf8.RuneCountInString(text) <= MaxEmail
}

// CheckPassword refuses, with CodeInvalid, a password outside the length limits. There are no other rules: they make
// passwords harder to remember and no harder to guess (NIST SP 800-63B).
func CheckPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPasswordLength:
		return Invalid("password", fmt.Sprintf("The password must have at least %d characters", MinPasswordLength))
	case n > MaxPasswordLength:
		return Invalid("password", fmt.Sprintf("The password can have at most %d characters", MaxPasswordLength))
	}
	return nil
}
