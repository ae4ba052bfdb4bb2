package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// matchAll compares each named member with its matcher. A null matcher requires the
// member to be null or absent.
func matchAll(want, got tree) error {
	var errs []error
	for name, matcher := range want {
		if matcher == nil {
			if got[name] != nil {
				errs = append(errs, fmt.Errorf("%s is %v, want none", name, got[name]))
			}
			continue
		}
		errs = append(errs, match(name, matcher, got[name]))
	}
	return errors.Join(errs...)
}

// match compares a value with a matcher. A matcher without rules accepts every value.
func match(name string, want, got any) error {
	rules, ok := want.(tree)
	if !ok || len(rules) == 0 {
		if want != nil && !reflect.DeepEqual(want, got) {
			return fmt.Errorf("%s is %v, want %v", name, got, want)
		}
		return nil
	}
	for rule, operand := range rules {
		if fits, err := holds(rule, operand, got); err != nil {
			return err
		} else if !fits {
			return fmt.Errorf("%s is %v, want %s %v", name, got, rule, operand)
		}
	}
	return nil
}

func holds(rule string, operand, got any) (bool, error) {
	n, isNumber := got.(json.Number)
	value, err := n.Int64()
	whole := isNumber && err == nil && !strings.ContainsAny(n.String(), ".eE")
	switch rule {
	case "$not":
		return got != nil && !reflect.DeepEqual(operand, got), nil
	case "$type":
		_, text := got.(string)
		return operand == "integer" && whole || operand == "string" && text, nil
	case "$min", "$max":
		bound, err := operand.(json.Number).Int64()
		return whole && (rule == "$min" && value >= bound || rule == "$max" && value <= bound), err
	case "$min_items":
		least, err := operand.(json.Number).Int64()
		list, ok := got.([]any)
		return ok && int64(len(list)) >= least, err
	}
	return false, fmt.Errorf("unknown matcher %s", rule)
}
