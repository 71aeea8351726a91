# Looking without changing.
> open samples/breast-cancer/model.onnx
breast-cancer: 650 parameters, 624 prunable weights in 3 layers: fc1 fc2 fc3
> data samples/breast-cancer/dataset.json
Breast cancer (Wisconsin, diagnostic): train 342, validation 85, test 142, all 569; 2 classes, 0 groups
> prune 0.6
kept 250 of 624 weights (59.9% cut); 1.2 KiB as bitmask, 1.7 KiB as csr, 2.5 KiB dense
multiply-adds 250 of 624; dead units 0; inputs cut off 0
> layers
layer                     op             weights        kept  sparsity  dead/units  alone
fc1                       Gemm               480         154     67.9%      0/16    
fc2                       Gemm               128          80     37.5%      0/8     
fc3                       Gemm                16          16      0.0%      0/2     
> layers alone=yes
layer                     op             weights        kept  sparsity  dead/units  alone on validation
fc1                       Gemm               480         154     67.9%      0/16    -3.53pp
fc2                       Gemm               128          80     37.5%      0/8     +0.00pp
fc3                       Gemm                16          16      0.0%      0/2     +0.00pp
> sizes
dense    2.5 KiB
bitmask  1.2 KiB
csr      1.7 KiB
other    0 B
file     3.2 KiB
activations of one record at once: 256 B
> layer fc1
fc1: kept 154 of 480 weights; energy kept 79.0%; mean |w| kept 0.2480
threshold: |w| up to 0.1678 was cut, from 0.1678 kept
a unit hears 3 to 18, median 9.5
an input is heard by 1 to 9, median 5
      0 |@@ @        @ @  @ @ @ @@@@ @@|
      1 |@ @@  @@  @  @ @   @ @@ @ @   |
      2 | @     @            @@@       |
      3 |   @   @ @     @   @@@  @@@@ @|
      4 |  @ @         @@ @  @   @  @  |
      5 | @@@@ @@    @@ @@@  @@ @@@ @@ |
      6 |        @   @      @@      @  |
      7 | @       @ @      @      @   @|
      8 | @@        @ @      @   @@    |
      9 |  @   @@  @  @   @ @@@@@  @   |
     10 | @    @@      @      @@@     @|
     11 |       @@               @     |
     12 |@@  @    @@   @@     @@@@   @ |
     13 |     @  @@ @  @@ @@@ @ @  @@  |
     14 |  @     @@@ @@  @   @  @    @@|
     15 | @           @@     @  @@ @   |
share kept: blank 0  . to 10%  @ above 80%, 1 unit x 1 input a cell
> layer fc1 rows=4 columns=10 order=survival
fc1: kept 154 of 480 weights; energy kept 79.0%; mean |w| kept 0.2480
threshold: |w| up to 0.1678 was cut, from 0.1678 kept
a unit hears 3 to 18, median 9.5
an input is heard by 1 to 9, median 5
      5 |#*+%++++=-|
      3 |#++++=-+:.|
      4 |*+*::-. : |
      7 |== .:-:...|
share kept: blank 0  . to 10%  @ above 80%, 4 units x 3 inputs a cell
> layer fc3
fc3: kept 16 of 16 weights; energy kept 100.0%; mean |w| kept 0.4190
nothing is cut
a unit hears 8 to 8, median 8
an input is heard by 2 to 2, median 2
      0 |@@@@@@@@|
      1 |@@@@@@@@|
share kept: blank 0  . to 10%  @ above 80%, 1 unit x 1 input a cell
! layer fc9
poda: layer fc9: no layer fc9 (layers: fc1 fc2 fc3)
      did you mean fc1?
! layer fc1 rows=0
poda: layer fc1 rows=0: rows=0 is no number of blocks from 1 to 1024
      example: rows=16
! layer fc1 columns=many
poda: layer fc1 columns=many: columns=many is no number of blocks from 1 to 1024
      example: columns=64
! layer fc1 order=size
poda: layer fc1 order=size: order= knows no size
      known: index survival loss
> neuron fc2/3
fc2/3  bias +0.1859
hears: 9 of 16 kept
  fc1/3                    +0.2972  12.1%
  fc1/4                    -0.3123  12.8%
  fc1/5                    +0.2780  11.4%
  fc1/8                    -0.3010  12.3%
  fc1/9                    +0.1798  7.4%
  fc1/10                   -0.2852  11.7%
  fc1/12                   -0.2404  9.8%
  fc1/13                   +0.2351  9.6%
  fc1/15                   -0.3171  13.0%
is heard by: 2 of 2 kept
  fc3/0                    -0.4070  55.5%
  fc3/1                    +0.3259  44.5%
on validation: agrees with its dense twin: r = 0.99; silent on 50.6% of the records (dense 42.4%)
> eval
on validation: accuracy 94.12%, dense 95.29%; change -1.18pp (95% -6.18pp .. +3.88pp)
3 of 85 records (3.5%) of split validation get a different answer: 2 newly wrong, 1 newly right
> eval split=test
on test: accuracy 97.89%, dense 97.18%; change +0.70pp (95% -1.66pp .. +3.05pp)
1 of 142 records (0.7%) of split test get a different answer: 0 newly wrong, 1 newly right
! eval split=tset
poda: eval split=tset: no split tset
      did you mean test? known: train validation test all
! eval split=everything
poda: eval split=everything: no split everything
      known: train validation test all
> curve points=5 split=test
amount  sparsity        kept       bytes  accuracy  95% interval  on test
 0.000      0.0%         624     2.5 KiB    97.18%  95.26% .. 99.11%
 0.200     20.0%         499     2.1 KiB    97.18%  95.26% .. 99.11%
 0.400     40.1%         374     1.6 KiB    97.18%  95.26% .. 99.11%
 0.600     59.9%         250     1.2 KiB    97.89%  95.52% .. 100.23%
 0.800     80.0%         125       682 B    96.48%  94.13% .. 98.84%
> curve points=0,0.5,0.95 scope=layer split=test
amount  sparsity        kept       bytes  accuracy  95% interval  on test
 0.000      0.0%         624     2.5 KiB    97.18%  95.26% .. 99.11%
 0.500     50.0%         312     1.4 KiB    95.77%  92.47% .. 99.12%
 0.950     95.0%          31       306 B    33.80%  25.89% .. 43.48%
! curve points=maybe
poda: curve points=maybe: points=maybe is neither a number of points nor a list of fractions
      examples: points=20, points=0,0.5,0.9 (at most 1000)
! neuron fc2
poda: neuron fc2: fc2 is no LAYER/UNIT or LAYER/UNIT/INPUT
      write LAYER/UNIT or LAYER/UNIT/INPUT, counted from 0
! neuron fc2/3/1
poda: neuron fc2/3/1: fc2/3/1 is no unit
      usage: neuron LAYER/UNIT
! data samples/readmit/dataset.json
poda: data samples/readmit/dataset.json: samples/readmit/dataset.json: 42 features a record, but the model's input x is 1x30: 30 elements
      name the columns in "features", in the order of the model's input
! data nowhere.json
poda: data nowhere.json: nowhere.json: No such file or directory
      look whether the name is right; it counts from the folder that poda was started in
! open nowhere.onnx
poda: open nowhere.onnx: nowhere.onnx: No such file or directory
      look whether the name is right; it counts from the folder that poda was started in
! open README.md
poda: open README.md: README.md: not an ONNX model: no field begins before byte 1
      models are .onnx files, as torch.onnx.export, tf2onnx and skl2onnx write them
! export README.md
poda: export README.md: README.md is there already
      force=yes overwrites it
! predict nowhere.npy out.npy
poda: predict nowhere.npy out.npy: nowhere.npy: No such file or directory
      look whether the name is right; it counts from the folder that poda was started in
> prune 0.4 structure=unit
kept 369 of 624 weights (40.9% cut); 1.6 KiB as bitmask, 2.4 KiB as csr, 2.5 KiB dense
multiply-adds 369 of 624; dead units 10; inputs cut off 0
> shrink
10 units removed for good; 385 parameters, 369 multiply-adds; largest difference to the masked model 0
> layer fc2 rows=4 columns=20
fc2: kept 33 of 33 weights; energy kept 100.0%; mean |w| kept 0.3625
nothing is cut
a unit hears 11 to 11, median 11
an input is heard by 3 to 3, median 3
      1 |@@@@@@@@@@@|
      2 |@@@@@@@@@@@|
      4 |@@@@@@@@@@@|
share kept: blank 0  . to 10%  @ above 80%, 1 unit x 1 input a cell
> neuron fc2/4
fc2/4  bias +0.1377
hears: 11 of 11 kept
  fc1/0                    -0.5666  15.6%
  fc1/1                    +0.0630  1.7%
  fc1/3                    +0.5248  14.5%
  fc1/4                    -0.3006  8.3%
  fc1/5                    +0.3241  8.9%
  fc1/9                    -0.0768  2.1%
  fc1/10                   -0.3124  8.6%
  fc1/12                   -0.4496  12.4%
  fc1/13                   +0.3838  10.6%
  fc1/14                   +0.2493  6.9%
is heard by: 2 of 2 kept
  fc3/0                    -0.5927  77.7%
  fc3/1                    +0.1696  22.3%
on validation: agrees with its dense twin: r = 1.00; silent on 50.6% of the records (dense 50.6%)
! neuron fc2/0
poda: neuron fc2/0: fc2/0 left when the model was shrunk
      go back to a step before the shrink: history, goto STEP
> undo
undid #5 shrink; at step 4
> open tests/data/foreign/vit-2block.onnx
vit-2block: 19,082 parameters, 18,272 prunable weights in 10 layers: patch blocks.0.attn blocks.0.attn.out_proj blocks.0.mlp.0 blocks.0.mlp.2 blocks.1.attn blocks.1.attn.out_proj blocks.1.mlp.0 and 2 more ('layers' lists them)
