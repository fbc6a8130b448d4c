package rpc

import (
	"crypto/sha256"
	"crypto/subtle"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
)

// filterBytes of the filter's hash stand in each page token.
const filterBytes = 16

// pageFilter is what a list request selects: all its fields but page_size,
// page_token and consistency_token, which may differ from page to page.
func pageFilter(req proto.Message) ([]byte, error) {
	return canonical(req, "page_size", "page_token", "consistency_token")
}

// pageToken says where the next page of a filter begins: after key. An empty key
// means that there is none, and gives an empty token. key must fit the request's
// limit on page_token (256 characters leave 170 bytes) and hold nothing personal.
func pageToken(filter []byte, key string) string {
	if key == "" {
		return ""
	}
	return opaque.EncodeToString(append(filterHash(filter), key...))
}

// parsePage reads the key of a token that pageToken made for the same filter. No
// token is an empty key: the first page. Anything else, also a filter that has
// changed, is INVALID_ARGUMENT, reason PAGE_TOKEN_INVALID.
func parsePage(filter []byte, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	buf, ok := unwrap(token)
	if !ok || len(buf) <= filterBytes || subtle.ConstantTimeCompare(buf[:filterBytes], filterHash(filter)) != 1 {
		return "", Fail(connect.CodeInvalidArgument, ReasonPageTokenInvalid,
			"the page token is not one of this list, or the filter has changed", nil)
	}
	return string(buf[filterBytes:]), nil
}

func filterHash(filter []byte) []byte {
	sum := sha256.Sum256(append([]byte("aanvraag page v1\n"), filter...))
	return sum[:filterBytes:filterBytes]
}
