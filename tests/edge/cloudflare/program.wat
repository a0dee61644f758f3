;; A program by hand, ABI 1, for tests/conformance/hosts/tables.json; tests/hosts/engine.py decides the same in Python.
(module
  (memory (export "memory") 1)
  (global (export "abi") i32 (i32.const 1))
  (global (export "ir") i32 (i32.const 2))
  (global (export "width") i32 (i32.const 22))
  (global (export "codes") i32 (i32.const 6))
  (global (export "heap") i32 (i32.const 16))

  ;; home_hero: 1 in Germany, else 2 for a known visitor, else 0. offers: the ranking when page_values > 10. banner: 0.
  (func (export "decide") (param $vector i32) (param $codes i32)
    (local $ranks i32)
    (i32.store (local.get $codes)
      (if (result i32) (f64.eq (f64.load (local.get $vector)) (f64.const 2))
        (then (i32.const 1))
        (else
          (if (result i32) (f64.eq (f64.load offset=120 (local.get $vector)) (f64.load offset=120 (local.get $vector)))
            (then (i32.const 2))
            (else (i32.const 0))))))
    (local.set $ranks (f64.gt (f64.load offset=8 (local.get $vector)) (f64.const 10)))
    (i32.store offset=4 (local.get $codes) (local.get $ranks))
    (i32.store offset=8 (local.get $codes) (i32.const 0))
    (i32.store offset=12 (local.get $codes) (i32.mul (local.get $ranks) (i32.const 2)))
    (i32.store offset=16 (local.get $codes) (local.get $ranks))
    (i32.store offset=20 (local.get $codes) (i32.const 0)))

  (func $scramble (param $k i32) (result i32)
    (i32.mul (i32.rotl (i32.mul (local.get $k) (i32.const 0xcc9e2d51)) (i32.const 15)) (i32.const 0x1b873593)))

  (func $fold (param $h i32) (param $shift i32) (result i32)
    (i32.xor (local.get $h) (i32.shr_u (local.get $h) (local.get $shift))))

  (func (export "hash") (param $text i32) (param $length i32) (param $h i32) (result i32)
    (local $end i32) (local $k i32) (local $rest i32)
    (local.set $end (i32.add (local.get $text) (i32.and (local.get $length) (i32.const -4))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $text) (local.get $end)))
        (local.set $h (i32.xor (local.get $h) (call $scramble (i32.load (local.get $text)))))
        (local.set $h (i32.add (i32.mul (i32.rotl (local.get $h) (i32.const 13)) (i32.const 5)) (i32.const 0xe6546b64)))
        (local.set $text (i32.add (local.get $text) (i32.const 4)))
        (br $next)))
    (local.set $rest (i32.and (local.get $length) (i32.const 3)))
    (block $tail
      (loop $byte
        (br_if $tail (i32.eqz (local.get $rest)))
        (local.set $rest (i32.sub (local.get $rest) (i32.const 1)))
        (local.set $k (i32.or (i32.shl (local.get $k) (i32.const 8))
          (i32.load8_u (i32.add (local.get $text) (local.get $rest)))))
        (br $byte)))
    (local.set $h (i32.xor (i32.xor (local.get $h) (call $scramble (local.get $k))) (local.get $length)))
    (local.set $h (i32.mul (call $fold (local.get $h) (i32.const 16)) (i32.const 0x85ebca6b)))
    (local.set $h (i32.mul (call $fold (local.get $h) (i32.const 13)) (i32.const 0xc2b2ae35)))
    (call $fold (local.get $h) (i32.const 16))))
