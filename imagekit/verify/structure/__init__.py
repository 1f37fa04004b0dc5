"""container-structure-test files (schema 2.0.0), so that teams keep what they have.

re2       pure: Go's regular expressions as Python's, or why not
model     what a file may say
read      pure: text to model
find      pure: paths in the file system of an image, as a kernel walks them
facts     what the tests look at
commands  effect: runs commands in throwaway containers
judge     pure: facts to problems, one function a kind of test
"""
