# Models of what exporters seldom write (tests/oracle/unusual.py).
> open tests/data/unusual/nothing.onnx
nothing: 0 parameters, 0 prunable weights
note: nothing in this model can be pruned: a (Mul): a constant that Mul reads is no weight; b (Sub): a constant that Sub reads is no weight
> layers
layer                     op             weights        kept  sparsity  dead/units  alone
! prune 0.5
poda: prune 0.5: nothing in this model can be pruned
      open says why of each constant, in the list unprunable
! prune 0.5 structure=unit
poda: prune 0.5 structure=unit: nothing in this model can be pruned
      open says why of each constant, in the list unprunable
! curve
poda: curve: nothing in this model can be pruned
      open says why of each constant, in the list unprunable
> shrink
nothing to remove: no unit that may leave is cut or dead (prune structure=unit cuts units); 0 parameters, 0 multiply-adds; largest difference to the masked model 0
