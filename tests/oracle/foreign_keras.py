"""Writes tests/data/foreign/: Keras models as tf2onnx writes them, 8 inputs each and ONNX Runtime's answers.

keras3-mlp        Sequential, Dense + BatchNormalization + Dropout; model.export(), then python -m tf2onnx.convert --saved-model
keras3-cnn        residual join, depthwise, separable, concat, batch norm, global average pooling; model.export(format="onnx")
keras3-flat       Conv2D, AveragePooling2D, Flatten, LayerNormalization; model.export(format="onnx")
keras3-attention  an encoder block with MultiHeadAttention; model.export(format="onnx")
keras2-*          the same models of tf_keras, which TensorFlow up to 2.15 had for Keras; model.save(save_format="tf"), then
                  --saved-model; keras2-mlp by tf2onnx.convert.from_keras
Of GELU only the approximation: tf2onnx 1.17 writes an operator Erfc for the exact one, which ONNX does not have.
    python3 foreign_keras.py [NAME...]     made with tensorflow 2.21.0, keras 3.15.1, tf_keras 2.21.0, tf2onnx 1.17.0,
                                           onnx 1.23.2, onnxruntime 1.32.0, numpy 1.26.4
"""
import os
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
import tf_keras

from foreign_save import OUT, answer, path, save, without_traces

ROWS = 8


def start(k, *shape):
    return k.layers.InputLayer(shape=shape) if k is keras else k.layers.InputLayer(input_shape=shape)


def gelu(k):
    return lambda x: k.activations.gelu(x, approximate=True)


def mlp(k):
    layer = k.layers
    return k.Sequential([start(k, 12), layer.Dense(24, activation="relu"), layer.BatchNormalization(), layer.Dropout(0.2),
                         layer.Dense(16, activation="tanh"), layer.Dense(4, activation="softmax")], name="mlp")


def cnn(k):
    layer = k.layers
    image = k.Input((10, 10, 3), name="image")
    x = layer.Conv2D(6, 3, padding="same", use_bias=False, name="stem")(image)
    x = layer.ReLU()(layer.BatchNormalization()(x))
    y = layer.Conv2D(6, 3, padding="same", use_bias=False)(x)
    y = layer.Activation("relu")(layer.BatchNormalization()(y))
    y = layer.Conv2D(6, 3, padding="same")(y)
    x = layer.MaxPooling2D()(layer.ReLU()(layer.Add()([x, y])))
    d = layer.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    d = layer.ReLU(6.0)(layer.BatchNormalization()(d))
    d = layer.Conv2D(8, 1)(d)
    e = layer.SeparableConv2D(4, 3, padding="same", activation="swish")(x)
    x = layer.Concatenate()([x, d, e])
    x = layer.Conv2D(8, 3, strides=2, padding="same", activation=gelu(k))(x)
    return k.Model(image, layer.Dense(5, name="head")(layer.GlobalAveragePooling2D()(x)), name="cnn")


def flat(k):
    layer = k.layers
    return k.Sequential([start(k, 10, 10, 1), layer.Conv2D(6, 3, activation="relu"), layer.AveragePooling2D(2),
                         layer.Conv2D(8, 3, activation="elu"), layer.Flatten(), layer.LayerNormalization(),
                         layer.Dense(16, activation=tf.nn.leaky_relu), layer.Dense(1, activation="sigmoid")], name="flat")


def attention(k):
    layer = k.layers
    tokens = k.Input((6, 8), name="tokens")
    x = layer.Dense(16, name="embed")(tokens)
    y = layer.LayerNormalization()(x)
    x = layer.Add()([x, layer.MultiHeadAttention(2, 8)(y, y)])
    y = layer.Dense(32, activation=gelu(k))(layer.LayerNormalization()(x))
    x = layer.Add()([x, layer.Dense(16)(y)])
    return k.Model(tokens, layer.Dense(3, name="head")(layer.GlobalAveragePooling1D()(x)), name="attention")


def settle(model):
    """Statistics, scales and biases away from 0 and 1, as after training. The order of a normalisation's weights is scale, shift,
    mean, variance."""
    random = np.random.default_rng(2)
    for layer in model.layers:
        weights = layer.get_weights()
        if "normalization" in layer.name:
            layer.set_weights([random.uniform(*((-0.3, 0.3) if i % 3 == 1 else (0.6, 1.4)), w.shape)
                               for i, w in enumerate(weights)])
        elif weights:
            layer.set_weights([1.5 * w if w.ndim > 1 and w.any() else random.uniform(-0.3, 0.3, w.shape) for w in weights])


def by_saved_model(model, name):
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(model, keras.Model):
            model.export(folder, verbose=False)
        else:
            model.save(folder, save_format="tf")
        subprocess.run([sys.executable, "-m", "tf2onnx.convert", "--saved-model", folder, "--output", path(name, ".onnx")],
                       check=True, capture_output=True)


def by_export(model, name):
    model.export(path(name, ".onnx"), format="onnx", verbose=False)


def by_from_keras(model, name):
    signature = [tf.TensorSpec(model.inputs[0].shape, tf.float32, name="x")]
    tf2onnx.convert.from_keras(model, input_signature=signature, output_path=path(name, ".onnx"))


def make(name, k, network, export):
    k.utils.set_random_seed(1)
    k.backend.clear_session()
    model = network(k)
    settle(model)
    x = np.random.default_rng(1).normal(0.5, 1.5, (ROWS, *model.inputs[0].shape[1:])).astype(np.float32)
    expected = model(x).numpy()
    export(model, name)
    without_traces(name)
    y = answer(name, x)
    assert np.abs(y - expected).max() < 1e-4
    save(name, x, y)


MODELS = {
    "keras3-mlp": (keras, mlp, by_saved_model),
    "keras3-cnn": (keras, cnn, by_export),
    "keras3-flat": (keras, flat, by_export),
    "keras3-attention": (keras, attention, by_export),
    "keras2-mlp": (tf_keras, mlp, by_from_keras),
    "keras2-cnn": (tf_keras, cnn, by_saved_model),
    "keras2-flat": (tf_keras, flat, by_saved_model),
    "keras2-attention": (tf_keras, attention, by_saved_model),
}


def main():
    os.makedirs(OUT, exist_ok=True)
    for name in sys.argv[1:] or MODELS:
        make(name, *MODELS[name])


main()
