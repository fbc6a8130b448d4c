package request

import (
	"crypto/sha256"
	"strings"
)

// spoken is Crockford's base 32: no I, L, O or U, so nothing is mistaken for a
// digit when somebody reads it aloud.
const spoken = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Reference is what a customer says over the phone, such as "A-7F3K-29QD": 40 bits
// of the SHA-256 of the request's id, so a retry gives the same one. Two of 10,000
// requests share one with odds of 1 in 22,000; among a million, one such pair is as
// likely as not. That is why it is read to a person and is never a key.
func Reference(id string) string {
	sum := sha256.Sum256([]byte("support request reference\n" + id))
	bits := uint64(sum[0])<<32 | uint64(sum[1])<<24 | uint64(sum[2])<<16 | uint64(sum[3])<<8 | uint64(sum[4])
	var b strings.Builder
	b.WriteString("A")
	for i := range 8 {
		if i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(spoken[bits>>(35-5*i)&31])
	}
	return b.String()
}
