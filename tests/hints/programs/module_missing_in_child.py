"""sys.path is changed below the guard, under spawn."""

import multiprocessing, os, sys, tempfile

if __name__ == "__main__":
    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "helpers_of_mine.py"), "w") as file:
        file.write("def task(x): return x\n")
    sys.path.insert(0, folder)
    import helpers_of_mine

    process = multiprocessing.get_context("spawn").Process(target=helpers_of_mine.task, args=(1,))
    sys.path.remove(folder)
    process.start()
    process.join()
    os.remove(os.path.join(folder, "helpers_of_mine.py"))
