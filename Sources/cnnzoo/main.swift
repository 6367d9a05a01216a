print("cnnzoo")
