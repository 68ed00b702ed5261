"""Empirical neural tangent kernels of three JAX networks beside neural-tangents and a plain contraction: seconds, peak memory, largest difference.

    NT_PYTHON=<python with neural-tangents and the JAX that it needs> python benchmarks/tangent_kernel.py [network ...]

neural-tangents 0.6.5 cannot be imported beside JAX 0.10 ("cannot import name 'Jaxpr' from 'jax.core'"); it runs on JAX 0.4.38. So each arm is a process of its
own, in turn, with the same trained weights and the same 100 images; the best of three calls after the first, which compiles, and their peak above what the
process holds between calls (Linux). Without NT_PYTHON the peer is tried in this environment, and why it cannot run is printed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

LONGEST = 120
"""Seconds that an arm may take, compilation included."""
PEER = """
import sys, time
from pathlib import Path
import jax, jax.numpy as jnp, numpy as np
import neural_tangents as nt

weights = dict(np.load(sys.argv[1]))
x, name, depth = jnp.asarray(weights.pop("x")), str(weights.pop("name")), 2
norm = lambda x, s, b: (x - x.mean(-1, keepdims=True)) * jax.lax.rsqrt(jnp.var(x, -1, keepdims=True) + 1e-5) * s + b
gelu = lambda z: 0.5 * z * (1 + jax.scipy.special.erf(z * 0.5**0.5))

def perceptron(p, x):
    z = x.reshape(len(x), -1)
    for name, bias in ((".first", 0), (".hidden[0]", 1)):
        z = jax.nn.relu(z @ p[name] + p[f".biases[{bias}]"])
    return z @ p[".readout"] + p[".biases[2]"]

def convolutional(p, x):
    z = x[..., None]
    for i in range(2):
        kernel = p[f".weights[{i}]"].reshape(3, 3, z.shape[-1], -1)
        z = jax.nn.relu(jax.lax.conv_general_dilated(z, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")) + p[f".shifts[{i}]"])
    return z.max((1, 2)) @ p[".readout"] + p[".offset"]

def transformer(p, x):
    stream = x @ p[".embed"] + p[".positions"]
    n, length, width = stream.shape
    for i in range(depth):
        b = f".blocks[{i}]"
        part = lambda name: p[b + name]
        normed = norm(stream, part(".norms[0].scale"), part(".norms[0].shift"))
        qkv = normed @ part(".attention.qkv") + part(".attention.biases[0]")
        q, k, v = (one.reshape(n, length, 4, width // 4) for one in jnp.split(qkv, 3, axis=2))
        scores = jnp.einsum("nqhd,nkhd->nhqk", q, k) / (width // 4) ** 0.5
        mixed = jnp.einsum("nhqk,nkhd->nqhd", jax.nn.softmax(jnp.where(jnp.tri(length, dtype=bool), scores, -jnp.inf)), v).reshape(n, length, width)
        stream = stream + mixed @ part(".attention.out") + part(".attention.biases[1]")
        up = gelu(norm(stream, part(".norms[1].scale"), part(".norms[1].shift")) @ part(".up") + part(".biases[0]"))
        stream = stream + up @ part(".down") + part(".biases[1]")
    return norm(stream[:, -1], p[".final.scale"], p[".final.shift"]) @ p[".readout"]

f = {"perceptron": perceptron, "convolutional": convolutional, "transformer": transformer}[name]
params = {name: jnp.asarray(value) for name, value in weights.items()}
arms = {"contraction": nt.NtkImplementation.JACOBIAN_CONTRACTION, "products": nt.NtkImplementation.NTK_VECTOR_PRODUCTS,
        "structured": nt.NtkImplementation.STRUCTURED_DERIVATIVES}
resident = lambda which: int(next(line for line in open("/proc/self/status") if line.startswith(which)).split()[1]) / 1024
kernel = jax.jit(lambda p: nt.empirical_ntk_fn(lambda p, x: f(p, x), trace_axes=(), vmap_axes=0, implementation=arms[sys.argv[3]])(x, None, p))
kernel(params).block_until_ready()
import ctypes
ctypes.CDLL("libc.so.6").malloc_trim(0)
before, spent = resident("VmRSS"), []
Path("/proc/self/clear_refs").write_text("5")
for _ in range(3):
    began = time.perf_counter()
    found = kernel(params).block_until_ready()
    spent.append(time.perf_counter() - began)
np.save(sys.argv[2], np.asarray(found))
print(min(spent), resident("VmHWM") - before)
"""


def ours(file: str, out: str, how: str) -> None:
    """Prints (seconds, peak MiB) of this library ("ours"), or of a plain contraction of `jax.jacrev`, in this process."""
    import time

    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import numpy as np

    import curvature
    from unseen._types import outputs, trainable
    from unseen.measures.neural_tangent_kernel import neural_tangent_kernel

    weights = dict(np.load(file))
    x, name = jnp.asarray(weights.pop("x")), str(weights.pop("name"))
    network = curvature.MODELS[name].build(curvature.TASK.inputs, curvature.TASK.outputs, jax.random.key(0))
    params, rest = trainable(network)
    leaves, tree = jax.tree_util.tree_flatten_with_path(params)
    params = jax.tree.unflatten(tree, [jnp.asarray(weights[jax.tree_util.keystr(path)]) for path, _ in leaves])

    def plain(params: object) -> jax.Array:
        def flat(one: jax.Array) -> jax.Array:
            rows = jax.jacrev(lambda p: outputs(eqx.combine(p, rest), one[None])[0])(params)
            return jnp.concatenate([leaf.reshape(leaf.shape[0], -1) for leaf in jax.tree.leaves(rows)], axis=1)

        gradients = jax.vmap(flat)(x)
        return jnp.einsum("iap,jbp->ijab", gradients, gradients)

    call = jax.jit(plain) if how == "plain" else eqx.filter_jit(lambda p: neural_tangent_kernel(eqx.combine(p, rest), x))

    jax.block_until_ready(call(params))
    before, spent, found = curvature.settled(), [], None
    for _ in range(3):
        began = time.perf_counter()
        found = jax.block_until_ready(call(params))
        spent.append(time.perf_counter() - began)
    np.save(out, np.asarray(found))
    print(min(spent), curvature.resident("VmHWM") - before)


def missing(python: str) -> str | None:
    """Why neural-tangents cannot be used there, or None."""
    tried = subprocess.run([python, "-c", "import neural_tangents"], capture_output=True, text=True)
    return tried.stderr.strip().splitlines()[-1] if tried.returncode else None


def main(names: list[str]) -> None:
    """Trains the networks, and prints a line for each arm."""
    import jax
    import numpy as np

    import curvature

    peer = os.environ.get("NT_PYTHON", sys.executable)
    why = missing(peer)
    if why:
        print(f"neural-tangents is left out: {why}")
    examples = curvature.TASK.splits(jax.random.key(0))["train"]
    for name in names:
        network = curvature.trained(curvature.MODELS[name], examples)
        params = curvature.trainable(network)[0]
        weights = {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in jax.tree_util.tree_flatten_with_path(params)[0]}
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data.npz"
            np.savez(data, x=np.asarray(examples.x[:100]), name=name, **weights)
            (Path(folder) / "peer.py").write_text(PEER)
            arms = {arm: [sys.executable, __file__, str(data), f"{folder}/{arm}.npy", arm] for arm in ("ours", "plain")}
            if not why:
                for arm in ("contraction", "products", "structured"):
                    arms[arm] = [peer, f"{folder}/peer.py", str(data), f"{folder}/{arm}.npy", arm]
            told = {}
            for arm, command in arms.items():
                try:
                    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"JAX_PLATFORMS": "cpu"}, timeout=LONGEST)
                except subprocess.TimeoutExpired:
                    print(f"{name}, {arm}: not done after {LONGEST} s")
                    continue
                if done.returncode:
                    print(f"{name}, {arm}: failed: {done.stderr.strip().splitlines()[-1][:150]}")
                    continue
                told[arm] = [float(one) for one in done.stdout.split()]
            if not {"ours", "plain"} <= set(told):
                continue
            truth = np.load(f"{folder}/plain.npy")
            for arm, (seconds, memory) in told.items():
                apart = np.abs(np.load(f"{folder}/{arm}.npy").reshape(truth.shape) - truth).max() / np.abs(truth).max()
                who = arm if arm in ("ours", "plain") else f"neural-tangents, {arm}"
                ratio = seconds / told["ours"][0]
                print(f"{name:12} {who:30} {1e3 * seconds:8.0f} ms {memory:8.0f} MiB   {ratio:5.2f} x ours, apart {apart:.0e}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].endswith(".npz"):
        ours(*sys.argv[1:])
    else:
        main(sys.argv[1:] or ["perceptron", "convolutional", "transformer"])
