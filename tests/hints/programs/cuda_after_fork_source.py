"""CUDA is used by the program, and by its forked workers."""

import multiprocessing

import torch


def task(x):
    return torch.ones(1, device="cuda") * x


if __name__ == "__main__":
    print(torch.cuda.device_count(), torch.zeros(1).cuda())
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
