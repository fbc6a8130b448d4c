package decidertest

import (
	"reflect"
	"slices"
	"testing"
)

func TestTheSchemaHasTheMembersOfEveryStructInside(t *testing.T) {
	type leaf struct {
		N int `json:"n"`
	}
	type event struct {
		List  []leaf            `json:"list"`
		Map   map[string]leaf   `json:"map"`
		Lists map[string][]leaf `json:"lists"`
		Plain map[string]string `json:"plain"`
		leaf
	}
	got := members(nil, "x.y.v1 ", reflect.TypeFor[event]())
	want := []string{
		"x.y.v1 list list of object", "x.y.v1 list.n integer",
		"x.y.v1 map map of object", "x.y.v1 map.*.n integer",
		"x.y.v1 lists map of list of object", "x.y.v1 lists.*.n integer",
		"x.y.v1 plain map of string",
		"x.y.v1 n integer",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
