# Pruning by weights: exact counts, scopes, limits, targets.
> open samples/breast-cancer/model.onnx
breast-cancer: 650 parameters, 624 prunable weights in 3 layers: fc1 fc2 fc3
> prune 0.5
kept 312 of 624 weights (50.0% cut); 1.4 KiB as bitmask, 2.0 KiB as csr, 2.5 KiB dense
multiply-adds 312 of 624; dead units 0; inputs cut off 0
> prune 0.5 scope=layer
kept 312 of 624 weights (50.0% cut); 1.4 KiB as bitmask, 2.0 KiB as csr, 2.5 KiB dense
multiply-adds 312 of 624; dead units 2; inputs cut off 0
> prune 0.8 layers=fc1
kept 168 of 624 weights (73.1% cut); 854 B as bitmask, 1.2 KiB as csr, 2.5 KiB dense
multiply-adds 168 of 624; dead units 3; inputs cut off 1: x.25
> prune 0.9 layers=fc1,fc2 criterion=random seed=7
kept 69 of 624 weights (88.9% cut); 458 B as bitmask, 634 B as csr, 2.5 KiB dense
multiply-adds 69 of 624; dead units 12; inputs cut off 10: x.0; x.1; x.2; x.6; x.18; x.19 ...
> prune 0
kept 624 of 624 weights (0.0% cut); 2.6 KiB as bitmask, 3.9 KiB as csr, 2.5 KiB dense
multiply-adds 624 of 624; dead units 0; inputs cut off 0
> prune 1
kept 0 of 624 weights (100.0% cut); 182 B as bitmask, 220 B as csr, 2.5 KiB dense
multiply-adds 0 of 624; dead units 26; inputs cut off 30: x.0; x.1; x.2; x.3; x.4; x.5 ...
> prune 0.3 structure=unit
kept 450 of 624 weights (27.9% cut); 1.9 KiB as bitmask, 2.9 KiB as csr, 2.5 KiB dense
multiply-adds 450 of 624; dead units 7; inputs cut off 0
> prune 0.3 structure=unit scope=layer norm=l1
kept 408 of 624 weights (34.6% cut); 1.8 KiB as bitmask, 2.6 KiB as csr, 2.5 KiB dense
multiply-adds 408 of 624; dead units 7; inputs cut off 0
> prune bytes=1.5KiB
kept 338 of 624 weights (45.8% cut); 1.5 KiB as bitmask, 2.2 KiB as csr, 2.5 KiB dense
multiply-adds 338 of 624; dead units 0; inputs cut off 0
> prune macs=0.25
kept 156 of 624 weights (75.0% cut); 806 B as bitmask, 1.1 KiB as csr, 2.5 KiB dense
multiply-adds 156 of 624; dead units 1; inputs cut off 2: x.9; x.25
> prune params=200
kept 174 of 624 weights (72.1% cut); 878 B as bitmask, 1.2 KiB as csr, 2.5 KiB dense
multiply-adds 174 of 624; dead units 1; inputs cut off 1: x.25
! prune
poda: prune: prune needs an amount or a target
      examples: prune 0.8, prune bytes=16KiB
! prune 0.5 bytes=1KiB
poda: prune 0.5 bytes=1KiB: prune takes one amount or one target
      examples: prune 0.8, prune bytes=16KiB
> prune 80%
kept 125 of 624 weights (80.0% cut); 682 B as bitmask, 970 B as csr, 2.5 KiB dense
multiply-adds 125 of 624; dead units 1; inputs cut off 6: x.0; x.2; x.9; x.12; x.25; x.29
> prune 84.6%
kept 96 of 624 weights (84.6% cut); 566 B as bitmask, 796 B as csr, 2.5 KiB dense
multiply-adds 96 of 624; dead units 4; inputs cut off 10: x.0; x.2; x.9; x.10; x.12; x.16 ...
! prune 101%
poda: prune 101%: the amount 101% is no fraction between 0 and 1
      0.8 cuts 80 % of the portions
> prune bytes=1.2 KiB
kept 261 of 624 weights (58.2% cut); 1.2 KiB as bitmask, 1.7 KiB as csr, 2.5 KiB dense
multiply-adds 261 of 624; dead units 0; inputs cut off 0
> prune bytes="1.2 KiB"
kept 261 of 624 weights (58.2% cut); 1.2 KiB as bitmask, 1.7 KiB as csr, 2.5 KiB dense
multiply-adds 261 of 624; dead units 0; inputs cut off 0
! prune bytes=1.2 0.8
poda: prune bytes=1.2 0.8: prune takes one amount or one target
      examples: prune 0.8, prune bytes=16KiB
! prune bytes=1.2 KiB KiB
poda: prune bytes=1.2 KiB KiB: prune: a word is too many: KiB
      usage: prune 0.8 criterion=magnitude scope=global
> prune macs=50%
kept 312 of 624 weights (50.0% cut); 1.4 KiB as bitmask, 2.0 KiB as csr, 2.5 KiB dense
multiply-adds 312 of 624; dead units 0; inputs cut off 0
> prune params=400
kept 374 of 624 weights (40.1% cut); 1.6 KiB as bitmask, 2.4 KiB as csr, 2.5 KiB dense
multiply-adds 374 of 624; dead units 0; inputs cut off 0
> curve points=0,50%
amount  sparsity        kept       bytes
 0.000      0.0%         624     2.5 KiB
 0.500     50.0%         312     1.4 KiB
! prune 1.5
poda: prune 1.5: the amount 1.5 is no fraction between 0 and 1
      0.8 cuts 80 % of the portions
! prune params=1
poda: prune params=1: 1 is out of reach: cutting all that can go leaves 26
      ask for 26 or more, choose more layers, or another structure
> prune macs=0
kept 0 of 624 weights (100.0% cut); 182 B as bitmask, 220 B as csr, 2.5 KiB dense
multiply-adds 0 of 624; dead units 26; inputs cut off 30: x.0; x.1; x.2; x.3; x.4; x.5 ...
! prune bytes=none
poda: prune bytes=none: bytes=none is no size
      examples: bytes=16KiB macs=0.5 params=20000
! prune half
poda: prune half: the amount half is no fraction between 0 and 1
      0.8 cuts 80 % of the portions
! prune 0.5 criterion=magnitud
poda: prune 0.5 criterion=magnitud: criterion= knows no magnitud
      did you mean magnitude? known: magnitude random
! prune 0.5 criterion=sparkle
poda: prune 0.5 criterion=sparkle: criterion= knows no sparkle
      known: magnitude random
! prune 0.5 scope=world
poda: prune 0.5 scope=world: scope= knows no world
      known: global layer
! prune bytes=1KiB storage=coo
poda: prune bytes=1KiB storage=coo: storage= knows no coo
      did you mean csr? known: dense bitmask csr
! prune 0.5 structure=units
poda: prune 0.5 structure=units: structure= knows no units
      did you mean unit? known: weight unit
! prune 0.5 norm=l3
poda: prune 0.5 norm=l3: norm= knows no l3
      did you mean l2? known: l2 l1
! prune 0.5 within=keep
poda: prune 0.5 within=keep: within= knows no keep
      did you mean kept? known: base kept
! prune 0.5 layers=fc9
poda: prune 0.5 layers=fc9: no layer fc9 (layers: fc1 fc2 fc3)
      did you mean fc1?
! prune 0.5 layers=conv*
poda: prune 0.5 layers=conv*: layers=conv* matches no layer
      'layers' lists them
! prune 0.5 colour=red
poda: prune 0.5 colour=red: prune knows no colour=
      it accepts: criterion= structure= scope= layers= norm= seed= within= bytes= storage= macs= params=
! prune 0.5 seed=-1
poda: prune 0.5 seed=-1: seed=-1 is no whole number of 0 or more
      example: seed=7
> prune 0.2
kept 499 of 624 weights (20.0% cut); 2.1 KiB as bitmask, 3.1 KiB as csr, 2.5 KiB dense
multiply-adds 499 of 624; dead units 0; inputs cut off 0
> shrink
nothing to remove: no unit that may leave is cut or dead (prune structure=unit cuts units); 525 parameters, 499 multiply-adds; largest difference to the masked model 0
! shrink
poda: shrink: nothing to remove: the model is shrunk already, and no unit that may leave is cut or dead
      remove units first: prune 0.3 structure=unit, or cut LAYER/UNIT
