package api

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"waybill/shop"
)

// rateLimits holds a token bucket for each limited key that was used since the program started: it is as large as a
// minute's requests and fills up evenly. Each process has its own.
type rateLimits struct {
	mu      sync.Mutex
	buckets map[int64]*rate.Limiter
}

func newRateLimits() rateLimits { return rateLimits{buckets: map[int64]*rate.Limiter{}} }

// take takes one request of the key and says in the header what is left, as draft-ietf-httpapi-ratelimit-headers has it:
// RateLimit-Policy names the quota (q requests in a window of w seconds), RateLimit what remains of it (r) and in how many
// seconds all of it is there again (t). A key without a limit gets no headers, one that has used it up CodeRateLimited.
func (l *rateLimits) take(header http.Header, key shop.APIKey, now time.Time) error {
	if key.RatePerMinute == 0 {
		return nil
	}
	bucket := l.bucket(key)
	allowed := bucket.AllowN(now, 1)
	left := max(bucket.TokensAt(now), 0)
	header.Set("RateLimit-Policy", `"key";q=`+strconv.Itoa(key.RatePerMinute)+";w=60")
	header.Set("RateLimit", `"key";r=`+strconv.Itoa(int(left))+";t="+seconds(fillTime(bucket, float64(bucket.Burst())-left)))
	if allowed {
		return nil
	}
	return &shop.Error{
		Code:    shop.CodeRateLimited,
		Message: "This key may send " + strconv.Itoa(key.RatePerMinute) + " requests a minute, and has.",
		// At least something: the header counts whole seconds.
		RetryAfter: max(fillTime(bucket, 1-left), time.Millisecond),
	}
}

func (l *rateLimits) bucket(key shop.APIKey) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.buckets[key.ID]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(float64(key.RatePerMinute)/60), key.RatePerMinute)
		l.buckets[key.ID] = bucket
	}
	return bucket
}

// fillTime is how long a bucket takes to get so many tokens.
func fillTime(bucket *rate.Limiter, tokens float64) time.Duration {
	return time.Duration(math.Ceil(tokens / float64(bucket.Limit()) * float64(time.Second)))
}
