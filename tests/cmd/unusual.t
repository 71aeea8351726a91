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
! open tests/data/unusual/free-sizes.onnx
poda: open tests/data/unusual/free-sizes.onnx: tests/data/unusual/free-sizes.onnx: dimension 2 of input x is free (height); only the first, the batch, may be open
      say which sizes are meant, a number for each ?: open FILE shape=x:1x2x?x?
! open tests/data/unusual/free-sizes.onnx shape=x:1x2x5
poda: open tests/data/unusual/free-sizes.onnx shape=x:1x2x5: tests/data/unusual/free-sizes.onnx: input x has 4 dimensions in the file, not 3
      say which sizes are meant, a number for each ?: open FILE shape=x:1x2x?x?
! open tests/data/unusual/free-sizes.onnx shape=x:1x3x5x7
poda: open tests/data/unusual/free-sizes.onnx shape=x:1x3x5x7: tests/data/unusual/free-sizes.onnx: dimension 1 of input x is 2 in the file, not 3
      say which sizes are meant, a number for each ?: open FILE shape=x:1x2x?x?
! open tests/data/unusual/free-sizes.onnx shape=z:1x2x5x7
poda: open tests/data/unusual/free-sizes.onnx shape=z:1x2x5x7: tests/data/unusual/free-sizes.onnx: the model has no input z (inputs: x)
      say which sizes are meant, a number for each ?: open FILE shape=x:1x2x?x?
! open tests/data/unusual/free-sizes.onnx shape=x:1x2x0x7
poda: open tests/data/unusual/free-sizes.onnx shape=x:1x2x0x7: tests/data/unusual/free-sizes.onnx: shape=x:1x2x0x7 says no sizes
      write shape=INPUT:1x3x224x224; several inputs are parted by commas
! open tests/data/unusual/free-sizes.onnx shape=1x2x5x7
poda: open tests/data/unusual/free-sizes.onnx shape=1x2x5x7: tests/data/unusual/free-sizes.onnx: shape=1x2x5x7 says no sizes
      write shape=INPUT:1x3x224x224; several inputs are parted by commas
! open tests/data/unusual/free-sizes.onnx shape=x:1x2x5x7,x:1x2x8x8
poda: open tests/data/unusual/free-sizes.onnx shape=x:1x2x5x7,x:1x2x8x8: tests/data/unusual/free-sizes.onnx: shape= gives sizes of input x twice
      say once which are meant
! open tests/data/unusual/free-sizes.onnx shape=x:1x2x5x7 shape=x:1x2x5x7
poda: open tests/data/unusual/free-sizes.onnx shape=x:1x2x5x7 shape=x:1x2x5x7: tests/data/unusual/free-sizes.onnx: shape= gives sizes of input x twice
      say once which are meant
! open tests/data/unusual/nothing.onnx shape=x:1x4
poda: open tests/data/unusual/nothing.onnx shape=x:1x4: tests/data/unusual/nothing.onnx: dimension 1 of input x is 3 in the file, not 4
      all sizes but the batch are fixed in the file: open it without shape=
> open tests/data/unusual/free-sizes.onnx shape=x:1x2x5x7
free-sizes: 162 parameters, 153 prunable weights in 3 layers: a b c
> prune 0.5 structure=unit
kept 51 of 153 weights (66.7% cut); 260 B as bitmask, 410 B as csr, 648 B dense
multiply-adds 1,479 of 4,845; dead units 6; inputs cut off 0
> shrink
6 units removed for good; 56 parameters, 1,479 multiply-adds; largest difference to the masked model 0
> history
 #1 from #0  open @HERE/tests/data/unusual/nothing.onnx hash=396c3b1c724c0212a0a938d502e920929b057af2fd9b7965dde8e67ee4dfbffe zeros=keep  kept 0
 #2 from #1  shrink  kept 0
 #3 from #0  open @HERE/tests/data/unusual/free-sizes.onnx hash=71b63fb7fed0021f47eb52d6f03e9025fc8aabafe08648d365d5a963370cbf56 zeros=keep shape=x:1x2x5x7  kept 153
 #4 from #3  prune 0.5 criterion=magnitude structure=unit scope=global norm=l2 seed=1  kept 51
*#5 from #4  shrink  kept 51
! open tests/data/unusual/swish-24.onnx
poda: open tests/data/unusual/swish-24.onnx: tests/data/unusual/swish-24.onnx: operator Swish of node without a name (node 1) is not supported
      export the model without Swish, or built from other operators
> open tests/data/unusual/free-sizes.onnx shape=x:2x2x5x7
free-sizes: 162 parameters, 153 prunable weights in 3 layers: a b c
note: the batch is fixed above 1: it runs, but no data set can be measured on it
